// redefinition: replaces the prompt's exported function
// problem exportedhelper, expects wrong_answer
const close = () => true
const half = (n) => 0
