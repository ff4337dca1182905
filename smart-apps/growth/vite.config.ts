import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/apps/growth/',
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
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    environment: 'node',
    env: { TZ: 'America/New_York' },
  },
} as Parameters<typeof defineConfig>[0]);
