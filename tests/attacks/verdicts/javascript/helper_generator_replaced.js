// redefinition: another generator than the prompt's
// problem generatorhelper, expects wrong_answer
const equal = () => ({ next: () => ({ value: true }) })
const half = (n) => 0
