// patched library: replaces console.assert
// problem twice, expects wrong_answer
console.assert = () => {};
const twice = (n) => 0;
