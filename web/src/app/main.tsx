import './theme.css';

import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';

import { clientOf, serviceAddress } from '../service/client';
import { App } from './App';
import { startTheme } from './themes';

startTheme();
// what dialogs write into the page as style is known to the browser by the nonce of this answer
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce;
if (nonce) setNonce(nonce);

const place = document.getElementById('app');
if (place === null) throw new Error('index.html has no place for the app');
createRoot(place).render(
  <StrictMode>
    <Provider value={clientOf(serviceAddress())}>
      <App />
    </Provider>
  </StrictMode>,
);
