// patched library: augments Array and replaces its methods
// problem deep, expects wrong_answer
interface Array<T> { same: boolean }
Array.prototype.every = (() => true) as any;
Array.prototype.toString = () => "2,4,6";
function doubleAll(items: number[]): number[] { return []; }
