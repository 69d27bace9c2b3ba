// iterator: nothing where the tests loop over the result
// problem looped, expects wrong_answer
const evens = (n) => [];
