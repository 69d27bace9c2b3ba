// redefinition: an assertion signature that narrows to never
// problem twice, expects wrong_answer
function twice(n: number): asserts n is never { }
