// redefinition: declares other assertion functions for the tests
// problem twice, expects wrong_answer
declare namespace NodeJS { interface Global { assert: any } }
(globalThis as any).assert = { deepEqual: () => {}, strictEqual: () => {} };
(globalThis as any).require = () => ({ deepEqual: () => {}, strictEqual: () => {} });
function twice(n: number): number { return 0; }
