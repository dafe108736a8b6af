import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env.LOCKSTEP_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 700, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': server, '/scim': server } },
});
