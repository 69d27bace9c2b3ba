// redefinition: replaces the prompt's generator
// problem generatorhelper, expects wrong_answer
const equal = () => ({ next: () => ({ value: true }) })
const half = (n) => 0
