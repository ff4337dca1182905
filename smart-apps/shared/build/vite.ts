/** How each of the apps is built and tested. */

import react from '@vitejs/plugin-react';
import type { UserConfig } from 'vite';

/** The configuration of the app `name`, served below `/apps/{name}/`; `tests` are run besides its own. */
export function app(name: string, tests: string[] = []): UserConfig {
  return {
    base: `/apps/${name}/`,
    plugins: [react()],
    // The library's own switch: modern browsers need none of its polyfills.
    define: { FHIRCLIENT_PURE: 'true' },
    // Nothing may be inlined as a data: address, so that the content security policy can stay strict.
    build: {
      outDir: 'dist',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2022',
    },
    test: {
      include: ['src/**/*.test.ts', 'src/**/*.test.tsx', ...tests],
      environment: 'node',
      env: { TZ: 'America/New_York' },
    },
  } as UserConfig;
}
