// redefinition: replaces the context's function
// problem contexthelper, expects wrong_answer
function close(a, b) { return true }
const half = (n) => 0
