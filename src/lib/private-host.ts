/** Names that only a private network or this machine resolves (RFC 6761, RFC 8375, RFC 6762). */
const privateNames = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|test|invalid)$/;

/** IPv4 networks outside of the public internet (RFC 6890), as address and prefix length. */
const privateNetworks: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
];

/**
 * Returns whether the host is this machine, an address of a private network, or a name that cannot be
 * public. `URL` has already normalised `0x7f.1`, `2130706433` and `[::ffff:10.0.0.1]`. Names are not
 * resolved.
 */
export function isPrivateHost({ hostname }: URL): boolean {
  const host = hostname.replace(/\.$/, "").toLowerCase();
  if (host.startsWith("[")) return isPrivateIpv6(host.slice(1, -1));
  if (isIpv4(host)) return isPrivateIpv4(host);
  return !host.includes(".") || privateNames.test(host);
}

const isIpv4 = (host: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(host);

const toNumber = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

function isPrivateIpv4(address: string): boolean {
  const value = toNumber(address);
  return privateNetworks.some(([network, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(value / size) === Math.floor(toNumber(network) / size);
  });
}

/** Only global unicast (2000::/3) is public, except addresses that contain an IPv4 address. */
function isPrivateIpv6(address: string): boolean {
  const isGlobal = /^[23]/.test(address) && /^[0-9a-f]{4}:/.test(address);
  // 6to4 (2002::/16) and Teredo (2001:0::/32) contain an IPv4 address, which may be private.
  return !isGlobal || address.startsWith("2002:") || /^2001:0?:/.test(address);
}
