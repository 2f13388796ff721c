import { GuardedWorker, type Layers } from "./guarded.ts";
import { AppendOnlyKv } from "./kv.ts";
import { below, seeded } from "./random.ts";

/** One address in a loop, six starts a second for ten minutes, over every location in turn. */
const starts = 3600;
const gapMs = 1000 / 6;
export const allowedAnHour = 10;
const startMs = Date.UTC(2026, 10, 23);

export interface Flood {
  readonly locations: number;
  /** How many starts pass. An hour's window allows ten. */
  readonly windowsAlone: number;
  readonly appendOnly: number;
  /** How many texts leave with all rules on, without and with a captcha. */
  readonly layered: number;
  readonly layeredWithCaptcha: number;
}

export async function flood(
  locations: number,
  layers: { readonly windowsAlone: Layers; readonly all: Layers },
  seed: number,
): Promise<Flood> {
  return {
    locations,
    windowsAlone: await passing(locations, layers.windowsAlone, seed),
    appendOnly: passingAppendOnly(locations, seed),
    layered: await passing(locations, { ...layers.all, captcha: "off" }, seed),
    layeredWithCaptcha: await passing(locations, { ...layers.all, captcha: "risky" }, seed),
  };
}

async function passing(locations: number, layers: Layers, seed: number): Promise<number> {
  const random = seeded(seed);
  const worker = new GuardedWorker(layers, startMs);
  let sent = 0;
  for (let index = 0; index < starts; index += 1) {
    worker.nowMs = startMs + Math.floor(index * gapMs);
    const number = `+6281100${below(random, 3)}${String(1000 + (index % 300))}`;
    const outcome = await worker.start({
      number,
      country: "ID",
      address: "the flood",
      location: below(random, locations),
      solves: false,
    });
    if (outcome.kind === "sent") sent += 1;
  }
  return sent;
}

function passingAppendOnly(locations: number, seed: number): number {
  const random = seeded(seed);
  let nowMs = startMs;
  const kv = new AppendOnlyKv(() => nowMs);
  let passed = 0;
  for (let index = 0; index < starts; index += 1) {
    nowMs = startMs + Math.floor(index * gapMs);
    below(random, 3);
    if (kv.count(below(random, locations), allowedAnHour)) passed += 1;
  }
  return passed;
}
