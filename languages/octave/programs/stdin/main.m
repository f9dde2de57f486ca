printf("Your name? ");
name = fgetl(stdin);
printf("Your age? ");
age = str2double(fgetl(stdin));
printf("%s will be %d next year.\n", name, age + 1);
