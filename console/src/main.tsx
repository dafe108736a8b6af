import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './styles/mantine-vars.css';
import './styles/tokens.css';
import './styles/app.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { type AnyRoute, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from './api/queries';
import { ConfirmHost } from './components/Confirm';
import { returnFocus } from './components/focus';
import { router } from './router';
import { SessionGuard } from './session/SessionGuard';
import { theme } from './theme';

returnFocus();
// The page that is asked for is fetched while it is still asked who is there, not after.
const routes: Record<string, AnyRoute> = router.routesById;
for (const { routeId } of router.matchRoutes(router.latestLocation)) {
  const component = routes[routeId]?.options.component;
  if (component && 'preload' in component) component.preload?.();
}
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-right" limit={4} />
          <RouterProvider router={router} />
          <ConfirmHost />
          <SessionGuard />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
