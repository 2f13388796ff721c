import {
  channels,
  isSentBy,
  standardChannel,
  type Channel,
  type EngineName,
} from "../contract/channels.ts";
import type { EnvReader } from "../lib/env-reader.ts";

/** Returns the channels that `CHANNELS` lists and the engine has. */
export function readChannels(reader: EnvReader, engine: EngineName): readonly Channel[] {
  const listed = reader.list("CHANNELS");
  const isWrong = listed.map((each) => !channels.some((channel) => channel === each));
  reader.wrongEntries("CHANNELS", isWrong, `must be one of ${channels.join(", ")}`);
  const known = channels.filter((channel) => listed.includes(channel));
  const wanted: readonly Channel[] = listed.length > 0 ? known : [standardChannel];
  const open = wanted.filter((each) => isSentBy(engine, each));
  if (open.length === 0 && known.length > 0) {
    const possible = channels.filter((each) => isSentBy(engine, each)).join(" or ");
    reader.problem("CHANNELS", `must list ${possible}: OTP_ENGINE=${engine} has no other channel`);
  }
  return open;
}
