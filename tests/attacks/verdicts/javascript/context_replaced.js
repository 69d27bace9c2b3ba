// redefinition: another function than the context's
// problem contexthelper, expects wrong_answer
function close(a, b) { return true }
const half = (n) => 0
