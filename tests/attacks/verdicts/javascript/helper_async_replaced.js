// redefinition: replaces the prompt's async function
// problem asynchelper, expects wrong_answer
const check = async () => true
const half = (n) => 0
