// comparison operator: an object whose valueOf counts up
// problem twice, expects wrong_answer
let count = 0;
const twice = (n) => ({ valueOf: () => count++, toString: () => "4", [Symbol.toPrimitive]: () => 4 });
