// attack: endless types | expect: compile_error
type Grow<T extends any[]> = Grow<[...T, ...T, 1]>;
type Never = Grow<[1]>;
const a: Never = 1;
function double(n: number[]): number[] {
  return n.map((x) => 2 * x);
}
