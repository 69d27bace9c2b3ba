// attack: endless include | expect: compile_error
/// <reference path="/dev/zero.ts" />
/// <reference path="/dev/zero" />
/// <reference path="/proc/self/fd/0" />
function double(n: number[]): number[] {
  return n.map((x) => 2 * x);
}
