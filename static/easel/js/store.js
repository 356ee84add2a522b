// localStorage that may be full or switched off: then nothing is remembered, and nothing breaks.
export const store = {
  get(key, fallback = null) {
    try {
      const text = localStorage.getItem(`easel.${key}`);
      return text === null ? fallback : JSON.parse(text);
    } catch {
      return fallback;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`easel.${key}`, JSON.stringify(value));
    } catch {
      // Not remembered.
    }
  },
};
