// redefinition: another async function than the prompt's
// problem asynchelper, expects wrong_answer
const check = async () => true
const half = (n) => 0
