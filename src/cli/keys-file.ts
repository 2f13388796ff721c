/**
 * The file in which setup keeps the deployment's own keys. Only its owner can read it, and git
 * ignores it.
 */
export const keysFile = ".secrets.production";
