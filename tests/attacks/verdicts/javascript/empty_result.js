// iterator: an empty result where the tests loop over it
// problem looped, expects wrong_answer
const evens = (n) => [];
