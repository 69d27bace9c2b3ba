// redefinition: replaces the second constant of a line of the prompt
// problem secondhelper, expects wrong_answer
const TOL = 1e9
const half = (n) => 0
