// imitated output: prints the output of a test runner
// problem twice, expects wrong_answer
console.log("ok 3 passed");
function twice(n: number): number { console.log("all tests passed"); return 0; }
