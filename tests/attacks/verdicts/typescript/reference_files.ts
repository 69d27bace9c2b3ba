// reads the tests: refers to the files of the tests at compile time
// problem twice, expects compile_error
/// <reference path="tests.ts" />
/// <reference path="/work/u0/answer.ts" />
function twice(n: number): number { return 0; }
