// imitated output: prints the output of a test runner
// problem twice, expects wrong_answer
console.log("ok 3 passed\n# pass 3\n# fail 0");
console.error("All tests passed");
const twice = (n) => 0;
