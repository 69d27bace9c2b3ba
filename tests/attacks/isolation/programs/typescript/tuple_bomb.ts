// attack: type blow-up | expect: contained | alone
type D<T extends any[]> = [...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T];
type A = D<D<D<D<[1]>>>>;
type F<T extends any[], R extends any[] = []> = T extends [infer H, ...infer Rest] ? F<Rest, [...R, [H, R]]> : R;
type X1 = F<A>; type X2 = F<[...A, 2]>; type X3 = F<[...A, 3]>; type X4 = F<[...A, 4]>;
const a: X1 = 0 as any, b: X2 = a as any, c: X3 = b as any, d: X4 = c as any;
function double(n: number[]): number[] {
  return n.map((x) => 2 * x);
}
