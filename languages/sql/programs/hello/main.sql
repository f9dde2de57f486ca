SELECT 'Hello from SQL!';
