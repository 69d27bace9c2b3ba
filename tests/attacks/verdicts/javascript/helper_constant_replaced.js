// redefinition: replaces the prompt's destructured constant
// problem constanthelper, expects wrong_answer
const EPS = 1e9
const half = (n) => 0
