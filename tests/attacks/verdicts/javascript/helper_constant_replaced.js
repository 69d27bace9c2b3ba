// redefinition: another destructured constant than the prompt's
// problem constanthelper, expects wrong_answer
const EPS = 1e9
const half = (n) => 0
