// attack: type blow-up | expect: contained | alone
type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Four = `${Digit}${Digit}${Digit}${Digit}`;
type Pair<A extends string, B extends string> = A extends any ? (B extends any ? [A, B] : never) : never;
type All = Pair<Four, Four>;
const a: All = ["0000", "0001"];
function double(n: number[]): number[] {
  return n.map((x) => 2 * x);
}
