// patched library: replaces Math.abs
// problem half, expects wrong_answer
Math.abs = () => 0;
Number.EPSILON = 1e9;
const half = (n) => 99;
