import { isIPv4 } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { isLoopback } from "../lib/origin.ts";
import type { TwilioTarget } from "./twilio-target.ts";

/** An address on which the Worker listens in addition to 127.0.0.1. */
export interface NetworkHost {
  /** An IPv4 address of this machine. */
  readonly address: string;
  /** Whether other devices can reach it. */
  readonly isOpen: boolean;
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * Reads `--host`. Returns undefined for 127.0.0.1, which needs no option, or a sentence that names
 * the error. The value must be one address, because pages need an origin. So `0.0.0.0` is refused.
 */
export function readHost(text: string, interfaces: Interfaces): NetworkHost | undefined | string {
  if (text === "localhost" || text === "127.0.0.1") return undefined;
  if (isLoopbackAddress(text)) return { address: text, isOpen: false };
  const own = networkAddresses(interfaces);
  if (own.some(({ address }) => address === text)) return { address: text, isOpen: true };
  const names = own.map(({ address, name }) => `${address} (${name})`);
  return names.length === 0
    ? "--host: this machine has no IPv4 address in a network."
    : `--host must be an address of this machine, not ${JSON.stringify(text)}: ${names.join(", ")}.`;
}

/** Returns a sentence if this address must not be opened, otherwise undefined. */
export function hostProblem(
  network: NetworkHost | undefined,
  target: TwilioTarget,
): string | undefined {
  if (network?.isOpen !== true || target.kind !== "twilio") return undefined;
  return "--host works only with the twin. With the real Twilio every device of the network could send messages that you pay for.";
}

/** Returns the addresses under which other devices reach this machine. */
export function networkAddresses(interfaces: Interfaces): { name: string; address: string }[] {
  return Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => ({ name, address })),
  );
}

const isLoopbackAddress = (text: string): boolean =>
  isIPv4(text) && isLoopback(new URL(`http://${text}`));
