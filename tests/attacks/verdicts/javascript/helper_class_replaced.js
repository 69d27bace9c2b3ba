// redefinition: replaces the prompt's class
// problem boxhelper, expects wrong_answer
class Box { constructor(x) {} same(y) { return true } }
const half = (n) => 0
