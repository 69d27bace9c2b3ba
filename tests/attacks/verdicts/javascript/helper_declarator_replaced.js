// redefinition: another second constant of a line than the prompt's
// problem secondhelper, expects wrong_answer
const TOL = 1e9
const half = (n) => 0
