// undici has no types for its inner modules. Only what is used of them.
declare module 'undici/lib/dispatcher/client.js' {
  const Client: import('./engine.js').EngineClientClass;
  export = Client;
}
