/** Where setup keeps the deployment's own keys: readable by its owner, ignored by git. */
export const keysFile = ".secrets.production";
