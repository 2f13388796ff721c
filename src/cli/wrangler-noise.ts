import { stripVTControlCharacters } from "node:util";

const noiseLines = [
  // wrangler's own request log and "Ready on". The Worker logs its events itself.
  /^\[wrangler:info\]/,
  /^⎔ /u,
  /^Using (?:vars|secrets) defined in /,
  /^Your Worker and resources are simulated locally/,
];
const bindingsBegin = /^Your Worker has access to the following bindings/;

/**
 * Returns a function that is true for wrangler's own messages, and false for errors, warnings and
 * the Worker's log. It matches the known messages only, so that a stray `console.log` and an
 * unknown message are shown.
 */
export function createWranglerNoiseFilter(): (line: string) => boolean {
  let insideBindings = false;
  return (line) => {
    const text = stripVTControlCharacters(line).trim();
    // A line of the Worker's log, even among wrangler's messages.
    if (text.startsWith("{")) return false;
    if (bindingsBegin.test(text)) insideBindings = true;
    else if (text === "") insideBindings = false;
    return insideBindings || text === "" || noiseLines.some((pattern) => pattern.test(text));
  };
}
