// comparison operator: NaN where the tests look at a difference
// problem half, expects wrong_answer
const half = (n) => NaN;
