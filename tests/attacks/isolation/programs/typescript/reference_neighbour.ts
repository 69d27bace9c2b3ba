// attack: reads other programs' files | expect: compile_error
/// <reference path="/proc/self/cwd/u0/tests.ts" />
/// <reference path="/proc/self/cwd/u1/answer.ts" />
/// <reference path="/proc/self/cwd/u2/answer.ts" />
function double(n: number[]): number[] {
  return n.map((x) => 2 * x);
}
