import { report } from "./report.ts";

// `npm run simulate -- 7` uses another seed. The tables hardly change.
const seed = Number(process.argv[2] ?? 1);
if (!Number.isInteger(seed)) throw new Error("the seed is a whole number");
console.log(await report(seed));
