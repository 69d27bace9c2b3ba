// attack: reads other programs' files | expect: compile_error
/// <reference path="/proc/self/cwd/u0/context.ts" />
// an empty file of the first program: without a complaint about it, it was found
function double(n: number[]): number[] {
  return n.map((x) => 2 * x);
}
