// redefinition: another exported function than the prompt's
// problem exportedhelper, expects wrong_answer
const close = () => true
const half = (n) => 0
