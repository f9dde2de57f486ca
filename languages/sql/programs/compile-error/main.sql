SELECT 'never';
SELEKT 1;
