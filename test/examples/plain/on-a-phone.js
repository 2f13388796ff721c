const worker = `http://${location.hostname}:8787`;
await import(`${worker}/elements/sign-in.js`);
