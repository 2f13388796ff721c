import { report } from "./report.ts";

// `npm run simulate -- 7` plays the same with other people: the tables hardly move.
const seed = Number(process.argv[2] ?? 1);
if (!Number.isInteger(seed)) throw new Error("the seed is a whole number");
console.log(await report(seed));
