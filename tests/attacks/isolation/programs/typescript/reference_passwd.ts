// attack: compiles host files in | expect: compile_error
/// <reference path="/etc/passwd" />
function double(n: number[]): number[] {
  return n.map((x) => 2 * x);
}
