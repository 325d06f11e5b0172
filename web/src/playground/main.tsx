import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './playground.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { mend } from './mending';
import { Playground } from './Playground';

const place = document.getElementById('playground');
if (place === null) throw new Error('playground.html has no place for the playground');
mend(place);
createRoot(place).render(
  <StrictMode>
    <Playground />
  </StrictMode>,
);
